import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSecrets, secretNames } from '../../toolchain/secrets';
import { journalFile, readJournal, type Rotation, writeJournal } from './journal';

const rotation: Rotation = {
  secret: 'producer-token',
  previous: 'old',
  next: 'new',
  generation: 2,
  stage: 'begun',
};
let deployment: { secretsFolder: string };

beforeEach(() => {
  deployment = { secretsFolder: mkdtempSync(join(tmpdir(), 'journal-')) };
});

test('both values are kept where only this user can read them, until the rotation is finished', () => {
  expect(readJournal(deployment)).toEqual([]);
  writeJournal(deployment, [rotation]);
  expect(statSync(journalFile(deployment)).mode & 0o777).toBe(0o600);
  expect(readJournal(deployment)).toEqual([rotation]);
  writeJournal(deployment, []);
  expect(readdirSync(deployment.secretsFolder)).toEqual([]);
});

test('the set-up leaves an interrupted rotation alone: its values are nowhere else', () => {
  writeJournal(deployment, [rotation]);
  ensureSecrets(deployment.secretsFolder);
  expect(readJournal(deployment)).toEqual([rotation]);
  expect(readdirSync(deployment.secretsFolder)).toHaveLength(secretNames.length + 1);
});

test.each(['', '[{ "secret": "producer-token" }]', '[{ "secret": "no-such-secret", "previous": "a" }]', '{'])(
  'a journal that holds %j stops everything, without showing a value',
  (text) => {
    writeFileSync(journalFile(deployment), text);
    expect(() => readJournal(deployment)).toThrow(/\.rotation\.json cannot be used: .*Put it back/);
  },
);
