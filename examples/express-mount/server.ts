import { createServer } from "node:http";
import { createShop } from "./shop.ts";

const port = Number(process.env.PORT ?? 3000);
const shop = createShop();
const server = createServer(shop.app);
shop.attach(server);
// On this machine only: visitors come through a reverse proxy with TLS.
server.listen(port, "127.0.0.1", () => console.log(`the shop is open at http://localhost:${port}`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    // Tells browsers to reconnect, and finishes open sends.
    await shop.close();
    server.close();
    server.closeAllConnections();
  });
}
