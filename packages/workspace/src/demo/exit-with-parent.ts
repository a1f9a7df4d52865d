// Preloaded into the demo's servers (`node --import`). Their standard input is a pipe from the demo, which closes when the
// demo ends, even if it was killed.
process.stdin.once("end", () => process.kill(process.pid, "SIGTERM")).resume();
