import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loginOf } from './push-images';

describe('the login of a registry', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'login-'));
    file = join(folder, 'config.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const auth = Buffer.from('me:pass:word').toString('base64');

  it('is the one of its host, whatever path the images have there', () => {
    writeFileSync(file, JSON.stringify({ auths: { 'registry.example:5000': { auth } } }));
    expect(loginOf('registry.example:5000/team', file)).toEqual({
      serveraddress: 'registry.example:5000',
      username: 'me',
      password: 'pass:word',
    });
  });

  it('is none where Docker has none: many registries ask for none', () => {
    writeFileSync(file, '{}');
    expect(loginOf('registry.example', file)).toBeUndefined();
    expect(loginOf('registry.example', undefined, join(folder, 'nobody'))).toBeUndefined();
  });

  it.each([
    ['is not there', undefined, /is not there: "docker login" makes one/],
    ['is no JSON', 'me:password', /is no JSON/],
  ])('is refused where the file of the settings %s', (_, text, message) => {
    if (text !== undefined) writeFileSync(file, text);
    expect(() => loginOf('registry.example', file)).toThrow(message);
  });
});
