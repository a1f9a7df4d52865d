import { createServer } from "node:http";
import { createShop } from "./shop.ts";

const port = Number(process.env.PORT ?? 3000);
const shop = createShop();
const server = createServer(shop.app);
shop.attach(server);
server.listen(port, () => console.log(`the shop is open at http://localhost:${port}`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    // Sends browsers on and finishes open messages; then the server has nothing left to wait for.
    await shop.close();
    server.close();
    server.closeAllConnections();
  });
}
