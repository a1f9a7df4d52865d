import { type Dispatcher, fetch } from "undici";

/**
 * A fetch that follows no redirect and reads no more than `maxBytes`. For addresses that the operator has set, and
 * whose server may still be slow, wrong or taken over.
 *
 * @param dispatcher connects through a proxy, if there is one on the way
 */
export async function fetchWithin(
  maxBytes: number,
  url: string,
  { method = "GET", headers, signal }: RequestInit,
  dispatcher?: Dispatcher,
): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: [...new Headers(headers)],
    redirect: "manual",
    ...(signal && { signal }),
    ...(dispatcher && { dispatcher }),
  });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    // Leaving the loop cancels the rest of the answer.
    if (bytes > maxBytes) throw new RangeError(`an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const { status } = response;
  return new Response(status === 204 || status === 304 ? null : Buffer.concat(chunks), {
    status,
    headers: [...response.headers],
  });
}
