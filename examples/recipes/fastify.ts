import fastify from 'fastify';
import { open } from 'node:fs/promises';
import { group, withResource } from 'rx-runner';
import { httpServer, runMain } from 'rx-runner/node';
import { tap } from 'rxjs';

async function shop() {
  const orders = await open('orders.ndjson', 'a');
  const app = fastify();
  app.addHook('onClose', () => orders.close());
  app.post('/orders', async (request, reply) => {
    await orders.appendFile(`${JSON.stringify(request.body)}\n`);
    return reply.code(201).send({ stored: true });
  });
  await app.ready(); // its plugins are loaded; it does not listen
  return app;
}

// Fastify's own `close` comes when the server has drained: the hooks of its plugins take nothing from under a request.
const web = withResource({
  acquire: shop,
  use: (app) => httpServer(app.server, { port: Number(process.env.PORT ?? 8080) }),
  release: (app) => app.close(),
}).pipe(tap(({ port }) => console.log(`http://localhost:${port}/orders`)));

void runMain(group({ web }), { grace: 10_000 });
