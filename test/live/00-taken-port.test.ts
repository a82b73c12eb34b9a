import { createServer } from 'node:net';
import { port } from './support/checkout';
import { leftovers } from './support/engine';
import { run } from './support/run';

describe('a port that another program has', () => {
  it('stops npm start before anything is created, with the setting that moves ours', async () => {
    const other = createServer().listen(port(9021), '127.0.0.1');
    await new Promise((listening) => other.once('listening', listening));
    try {
      const up = await run('npm', ['start']);
      expect(up.code).toBe(2);
      expect(up.output).toContain(`${port(9021)} (Control Center)`);
      expect(up.output).toMatch(
        new RegExp(`process ${process.pid}, .*set \\{ "portOffset": \\d+ \\} in settings.json`),
      );
      expect(await leftovers()).toEqual([]);
    } finally {
      other.close();
    }
  });
});
