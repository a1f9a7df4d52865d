/**
 * A fetch that follows no redirect and reads no more than `maxBytes`. For addresses that the operator has set, and
 * whose server may still be slow, wrong or taken over.
 */
export async function fetchWithin(maxBytes: number, url: string, request: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...request, redirect: "manual" });
  if (!response.body) return response;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    // Leaving the loop cancels the rest of the answer.
    if (bytes > maxBytes) throw new RangeError(`an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status: response.status, headers: response.headers });
}
