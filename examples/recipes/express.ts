import express, { type Express } from 'express';
import { open, type FileHandle } from 'node:fs/promises';
import { group, withResource } from 'rx-runner';
import { httpServer, runMain } from 'rx-runner/node';
import { tap } from 'rxjs';

function shop(orders: FileHandle): Express {
  return express()
    .use(express.json())
    .post('/orders', async (request, response) => {
      await orders.appendFile(`${JSON.stringify(request.body)}\n`);
      response.status(201).json({ stored: true });
    });
}

// The file is closed when the server has drained: the last request can still write to it.
const web = withResource({
  acquire: () => open('orders.ndjson', 'a'),
  use: (orders) => httpServer(shop(orders), { port: Number(process.env.PORT ?? 8080) }),
  release: (orders) => orders.close(),
}).pipe(tap(({ port }) => console.log(`http://localhost:${port}/orders`)));

void runMain(group({ web }), { grace: 10_000 });
