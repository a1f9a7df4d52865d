/** Runs something `count` times, at most `concurrency` at once. */
export async function inParallel(
  count: number,
  concurrency: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let begun = 0;
  const worker = async () => {
    while (begun < count) {
      begun += 1;
      await task(begun - 1);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
