import type { Request, Response } from "express";
import type { ProblemError } from "../lib/problem-error.ts";

/** What the middleware of one request tells the rest, in `res.locals`. */
export interface ChatLocals {
  requestId: string;
  /** The request's `Origin`, if it is the one of an allowed page. */
  allowedOrigin?: string;
  /** The session concerned, once a valid token has named it. */
  sessionPublicId?: string;
  /** The error that was answered. */
  problem?: ProblemError;
}

export type ChatResponse = Response<unknown, ChatLocals>;

/** A route's handler. What it throws is answered as a problem. */
export type ChatHandler = (req: Request, res: ChatResponse) => Promise<void> | void;
