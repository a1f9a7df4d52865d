import fc from "fast-check";

/**
 * Vitest runs this before every test file. Property tests draw the same cases each time, so that a change is what makes
 * them fail and not chance. `PROPERTY_SEED=random` lets chance in (`pnpm soak`), and `PROPERTY_SEED=<number>` repeats
 * what it found.
 */
const seed = process.env.PROPERTY_SEED ?? "1";
if (seed !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
