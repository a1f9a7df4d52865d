import fc from "fast-check";

/**
 * Vitest runs this before every test file. Property tests use the same cases in each run, so that only a change can make
 * them fail. `PROPERTY_SEED=random` uses other cases (`pnpm soak`), and `PROPERTY_SEED=<number>` repeats
 * a failure.
 */
const seed = process.env.PROPERTY_SEED ?? "1";
if (seed !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
