import type { NextFunction, Request } from "express";
import type { Logger } from "pino";

/** Says once that a proxy in front seems to have been forgotten in the configuration. */
export function warnOfProxies(log: Logger) {
  let warned = false;
  return (req: Request, _res: unknown, next: NextFunction): void => {
    if (!warned && req.headers["x-forwarded-for"] !== undefined && !req.app.get("trust proxy")) {
      warned = true;
      log.warn(
        "TRUST_PROXY: a request came with X-Forwarded-For, and no proxy is trusted. If a proxy stands in front, all " +
          "visitors count as one address and share its limits: set TRUST_PROXY to the number of proxies, or the " +
          "application's `trust proxy` if the BFF is mounted",
      );
    }
    next();
  };
}
