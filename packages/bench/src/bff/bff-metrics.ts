/** Reads a BFF's own metrics. */
export async function readMetric(metricsUrl: string, name: string): Promise<number> {
  const answer = await fetch(metricsUrl);
  const text = await answer.text();
  let sum = Number.NaN;
  for (const line of text.split("\n")) {
    const match = line.startsWith(name) ? /^(\w+)(?:\{[^}]*\})? (\S+)$/.exec(line) : null;
    if (match?.[1] === name) sum = (Number.isNaN(sum) ? 0 : sum) + Number(match[2]);
  }
  return sum;
}
