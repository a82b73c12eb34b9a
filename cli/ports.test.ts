import { type AddressInfo, createServer } from 'node:net';
import { resolveSettings } from '../stacks/settings';
import { portsTaken, takenPorts } from './ports';

describe('a port that another program has', () => {
  test('is found before anything is created, but not if the program is ours', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => other.once('listening', listening));
    const { port } = other.address() as AddressInfo;
    const ports = { ...resolveSettings({ portOffset: 3100 }).ports, kafka: port };
    try {
      expect(await takenPorts(ports, async () => new Set())).toEqual([{ port, wantedBy: 'Kafka' }]);
      expect(await takenPorts(ports, async () => new Set([port]))).toEqual([]);
    } finally {
      other.close();
    }
  });

  test('is named with who wants it and the setting that moves ours', () => {
    expect(portsTaken([{ port: 9021, wantedBy: 'Control Center' }], 0)).toMatch(
      /9021 \(Control Center\).*portOffset is 0, try \{ "portOffset": 100 \}/,
    );
  });
});
