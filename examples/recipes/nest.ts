import 'reflect-metadata'; // before Nest
import {
  Body,
  Controller,
  Post,
  type DynamicModule,
  type INestApplication,
  type OnModuleDestroy,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { open } from 'node:fs/promises';
import type { Server } from 'node:http';
import { group, withResource } from 'rx-runner';
import { httpServer, runMain } from 'rx-runner/node';
import { tap } from 'rxjs';

// An application as ever; its decorators are called as functions, so that this file needs no compiler options of its own.
class OrdersController implements OnModuleDestroy {
  readonly #file = open('orders.ndjson', 'a');

  async create(order: unknown): Promise<object> {
    await (await this.#file).appendFile(`${JSON.stringify(order)}\n`);
    return { stored: true };
  }

  async onModuleDestroy(): Promise<void> {
    await (await this.#file).close();
    console.log('the orders are closed');
  }
}
const create = Object.getOwnPropertyDescriptor(OrdersController.prototype, 'create') ?? {};
Controller('orders')(OrdersController);
Post()(OrdersController.prototype, 'create', create);
Body()(OrdersController.prototype, 'create', 0);
const appModule: DynamicModule = { module: class AppModule {}, controllers: [OrdersController] };

// No `app.listen()` and no `app.enableShutdownHooks()`: the signals are those of `runMain`, and the hooks run in `close`.
const web = withResource({
  async acquire() {
    // else Nest ends the process itself when it cannot start
    const app = await NestFactory.create<INestApplication<Server>>(appModule, { abortOnError: false });
    return app.init();
  },
  use: (app) => httpServer(app.getHttpServer(), { port: Number(process.env.PORT ?? 8080) }),
  release: (app) => app.close(),
}).pipe(tap(({ port }) => console.log(`http://localhost:${port}/orders`)));

void runMain(group({ web }), { grace: 10_000 });
