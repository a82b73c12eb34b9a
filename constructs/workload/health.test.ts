import { execFile } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { exchange, httpGet } from './health';

/** Runs a health command as a platform does; the servers are real ones. */
async function check(server: Server, command: (port: number) => readonly string[]): Promise<boolean> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const [program, ...rest] = command((server.address() as AddressInfo).port) as [string, ...string[]];
  try {
    return await new Promise((done) => execFile(program, rest, (error) => done(error === null)));
  } finally {
    server.close();
  }
}

const http = (status: number, body = '') => createHttpServer((_, answer) => answer.writeHead(status).end(body));
const tcp = (answer: string) =>
  createServer((socket) => socket.once('data', () => socket.end(Buffer.from(answer, 'hex'))));

describe('a web service', () => {
  test.each([
    [200, true],
    [204, true],
    [404, false],
    [503, false],
  ])('that answers %d is shown as it is', async (status, healthy) => {
    expect(await check(http(status), (port) => httpGet(port, '/health'))).toBe(healthy);
  });

  test.each([
    ['{"status" : "ALIVE"}', true],
    ['{"status" : "STANDBY"}', false],
  ])('that says %s is shown as it is', async (body, healthy) => {
    expect(await check(http(200, body), (port) => httpGet(port, '/json/', /"status" : "ALIVE"/))).toBe(healthy);
  });
});

describe('a service with a protocol of its own', () => {
  test.each([
    ['696d6f6b', true],
    ['6e6f0000', false],
    ['', false],
  ])('that answers the bytes %s is shown as it is', async (answer, healthy) => {
    expect(await check(tcp(answer), (port) => exchange(port, '72756f6b', /^696d6f6b/, 4))).toBe(healthy);
  });

  test('gets the request byte for byte', async () => {
    const expected = '0000000a00ff7f25';
    let received = '';
    // Bash writes a line at a time, so a request with the byte 0a in it can arrive in two pieces.
    const server = createServer((socket) =>
      socket.on('data', (data) => {
        received += data.toString('hex');
        if (received.length >= expected.length) socket.end(Buffer.from([1]));
      }),
    );
    expect(await check(server, (port) => exchange(port, expected, /^01/, 1))).toBe(true);
    expect(received).toBe(expected);
  });
});

test('a service that does not listen is not healthy', async () => {
  const closed = httpGet(1, '/');
  expect(await new Promise((done) => execFile(closed[0]!, closed.slice(1), (error) => done(error === null)))).toBe(
    false,
  );
});
