import type { NextConfig } from "next";

const config: NextConfig = {
  // As create-next-app sets them.
  cacheComponents: true,
  partialPrefetching: true,
  // The BFF reads the widget's files from its own package, so it is not bundled.
  serverExternalPackages: ["@mailoo-chat/bff"],
  // Without this, Next.js mistakes the surrounding repository's lock file for the project's.
  turbopack: { root: import.meta.dirname },
};

export default config;
