// Preloaded into the demo's servers (`node --import`). Their channel to the demo breaks when it ends, in whatever way:
// no server outlives it, not even where it was killed without a chance to say so.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
