import { createServer } from "node:net";

/**
 * A browser that is told `localhost` may try any of these first, and macOS lets a server take 127.0.0.1 while another has
 * the wildcard: so a port counts as free only where nobody listens on any of them.
 */
const ADDRESSES = ["0.0.0.0", "127.0.0.1", "::", "::1"];

export async function isPortFree(port: number): Promise<boolean> {
  for (const address of ADDRESSES) {
    if (!(await canListen(port, address))) return false;
  }
  return true;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no such address; that is not a taken port.
      resolve(error.code !== "EADDRINUSE" && error.code !== "EACCES");
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
