import { createServer } from 'node:net';

/** The first of these that nobody listens on becomes the port of the API. */
const first = 16443;
const last = 16543;

export async function freePort(): Promise<number> {
  for (let port = first; port <= last; port += 1) if (await isFree(port)) return port;
  throw new Error(`every port from ${first} to ${last} is taken on 127.0.0.1: free one for the cluster's API`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
