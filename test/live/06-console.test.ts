import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { streamGroup, topics, usersSubject } from '../../pipeline-code/contract';
import { checkConsole } from './console';
import { consoleUrl } from './support/platform';

describe('the console on 9021', () => {
  it('defect 10: shows brokers, topics, decoded messages, lag and schemas in a real browser', async () => {
    const report = await checkConsole(consoleUrl, {
      topic: topics.users,
      subject: usersSubject,
      screenshots: mkdtempSync(join(tmpdir(), 'console-')),
      texts: {
        '/topics': Object.values(topics),
        [`/topics/${topics.users}`]: ['first_name'],
        '/groups': [streamGroup],
        '/subjects': [usersSubject],
        [`/subjects/${usersSubject}`]: ['BACKWARD', 'produced_at'],
      },
    });
    expect(report.errors).toEqual([]);
    expect(report.pages.every((p) => p.status === 200)).toBe(true);
  });
});
