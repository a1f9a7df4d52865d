// Preloaded into the demo's servers (`node --import`): their standard input is a pipe from the demo, which closes when
// it ends in whatever way. No server outlives it, not even where it was killed.
process.stdin.once("end", () => process.kill(process.pid, "SIGTERM")).resume();
