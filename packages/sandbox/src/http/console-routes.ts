import { Router } from "express";

export function createConsoleRoutes(): Router {
  return Router();
}
