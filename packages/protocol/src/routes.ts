/** Routes below the base path. A module of constants, so that bundlers keep only the routes that are used. */
export const config = "/config";
export const submit = "/submit";
export const session = "/session";
export const messages = "/messages";
export const status = "/status";
export const socket = "/ws";
export const widget = "/widget.js";
export const assets = "/assets";
export const page = "/chat";
export const health = "/healthz";
export const ready = "/readyz";
export const openapi = "/openapi.json";
export const metrics = "/metrics";
