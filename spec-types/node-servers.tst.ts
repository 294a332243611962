import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import express from 'express';
import fastify from 'fastify';
import { group, type LifecycleEvent } from 'rx-runner';
import { drainSignal, health, httpServer, netServer } from 'rx-runner/node';
import { Subject, type Observable } from 'rxjs';
import ssh2 from 'ssh2';
import { describe, expect, test } from 'tstyche';

const ssh = new ssh2.Server({ hostKeys: [] });

describe('httpServer', () => {
  test('takes a handler, an application, a server', () => {
    expect(httpServer((_, response) => response.end(), { port: 80 })).type.toBe<Observable<AddressInfo>>();
    expect(httpServer(express(), { port: 80, host: 'localhost', delay: 5 })).type.toBe<Observable<AddressInfo>>();
    expect(httpServer(fastify().server, { port: 80 })).type.toBe<Observable<AddressInfo>>();
    expect(httpServer(createServer(), { port: 80 })).type.toBe<Observable<AddressInfo>>();
    expect(httpServer(createSecureServer(), { port: 80 })).type.toBe<Observable<AddressInfo>>();
    expect(httpServer).type.not.toBeCallableWith(createNetServer(), { port: 80 });
    expect(httpServer).type.not.toBeCallableWith(express(), {});
  });

  test('emits the path of a Unix socket', () => {
    expect(httpServer(express(), { path: '/run/api' })).type.toBe<Observable<string>>();
  });
});

describe('netServer', () => {
  test('takes what listens', () => {
    expect(netServer(createNetServer(), { port: 25 })).type.toBe<Observable<AddressInfo>>();
    expect(netServer(createTlsServer(), { port: 25, delay: 5 })).type.toBe<Observable<AddressInfo>>();
    expect(netServer(ssh, { port: 22 })).type.toBe<Observable<AddressInfo>>();
    expect(netServer(createNetServer(), { path: '/run/mail' })).type.toBe<Observable<string>>();
    expect(netServer).type.not.toBeCallableWith({}, { port: 25 });
  });

  test('hands connections to the goodbye, which are sockets if nothing else is said', () => {
    void netServer(createNetServer(), {
      port: 25,
      end(connection) {
        expect(connection).type.toBe<Socket>();
      },
    });
    void netServer(ssh, {
      port: 22,
      end(client: ssh2.Connection & { end(): unknown }) {
        client.end();
      },
    });
  });
});

describe('health', () => {
  const events = new Subject<LifecycleEvent>();

  test('emits its address, or nothing', () => {
    expect(health({ port: 9090 }, events)).type.toBe<Observable<AddressInfo>>();
    expect(health({ server: createServer() }, events)).type.toBe<Observable<never>>();
    expect(health).type.not.toBeCallableWith({}, events);
    expect(health).type.not.toBeCallableWith({ port: 9090 }, new Subject<string>());
  });

  test('is a member as any other', () => {
    const members = { health: health({ port: 9090 }, events), api: httpServer(express(), { port: 80 }) };
    expect(group(members, { needs: { api: ['health'] } })).type.toBe<Observable<AddressInfo>>();
  });
});

describe('drainSignal', () => {
  test('takes the request of every framework', () => {
    createServer((request) => {
      expect(drainSignal(request)).type.toBe<AbortSignal>();
    });
    express().get('/', (request) => void drainSignal(request));
    fastify().get('/', (request) => void drainSignal(request.raw));
  });
});
