import type { NextConfig } from "next";

const config: NextConfig = {
  // The repository around this example has a lock file too, which Next.js would take for the project's.
  turbopack: { root: import.meta.dirname },
};

export default config;
