import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { exitCodeOf, exitCodes, explain } from '../../cli/errors';
import { makeProgram } from '../../cli/program';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'bad-input-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command line in this process, as main.ts does, with nothing of the settings of this machine. */
async function streaming(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number; said: string }> {
  const before = { ...process.env };
  let said = '';
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => ((said += String(text)), true)),
  );
  for (const name of Object.keys(process.env)) if (name.startsWith('STREAMING_')) delete process.env[name];
  Object.assign(process.env, env);
  try {
    await makeProgram().parseAsync([...args], { from: 'user' });
    return { code: Number(process.exitCode ?? 0), said };
  } catch (error) {
    if (!(error instanceof CommanderError)) return { code: exitCodeOf(error), said: said + explain(error) };
    return { code: error.exitCode === 0 ? exitCodes.done : exitCodes.wrongInput, said };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

describe('a settings file with', () => {
  test.each<[string, string | Buffer, RegExp]>([
    // What is no JSON
    ['nothing in it', '', /is empty: for example/],
    ['only white space', ' \n\t', /is empty/],
    [
      'its end missing',
      '{ "name": "x"',
      /:1:14: this is no JSON: a closing brace is expected, the file ends too early/,
    ],
    ['a value missing', '{ "name": }', /:1:11: this is no JSON: a value is expected, found "}"/],
    ['a comma missing', '{\n  "name": "x"\n  "portOffset": 100\n}', /:3:3: this is no JSON: a comma is expected/],
    ['a comma too many', '{ "name": "x", }', /:1:16: this is no JSON/],
    ['a comment', '{ // mine\n "name": "x" }', /:1:3: this is no JSON: invalid comment token/],
    ['single quotes', "{ 'name': 'x' }", /:1:3: this is no JSON/],
    ['a key without quotes', '{ name: "x" }', /:1:3: this is no JSON/],
    ['NaN', '{ "portOffset": NaN }', /:1:17: this is no JSON/],
    ['Infinity', '{ "usersPerRun": Infinity }', /:1:18: this is no JSON/],
    ['a hexadecimal number', '{ "portOffset": 0x64 }', /this is no JSON/],
    ['a string that never ends', '{ "name": "x }', /:1:11: this is no JSON: unexpected end of string/],
    ['something behind it', '{} {}', /:1:4: this is no JSON: an end of file is expected/],
    ['bytes of a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]), /:1:1: this is no JSON/],
    ['UTF-16', Buffer.from('\uFEFF{}', 'utf16le'), /is UTF-16: save it as UTF-8/],
    ['YAML', 'name: x\nportOffset: 100\n', /:1:1: this is no JSON/],
    // What is JSON, and no settings
    ['a list', '["name"]', /must hold a JSON object/],
    ['null', 'null', /must hold a JSON object/],
    ['a number', '100', /must hold a JSON object/],
    ['a key twice', '{\n "name": "a",\n "name": "b" }', /:3:2: "name" is there twice: keep one/],
    ['a nested key twice', '{ "memoryMiB": { "kafka": 512, "kafka": 600 } }', /"kafka" is there twice/],
    // Keys
    [
      'a misspelt key',
      '{ "portOfset": 100 }',
      /:1:3: unknown key "portOfset"; did you mean "portOffset"\? allowed: name/,
    ],
    ['a key in capitals', '{ "NAME": "x" }', /did you mean "name"\?/],
    ['a key of nobody', '{ "colour": "red" }', /unknown key "colour"; allowed: name/],
    [
      'a misspelt service',
      '{ "memoryMiB": { "casandra": 2048 } }',
      /"memoryMiB\.casandra"; did you mean "cassandra"\?/,
    ],
    ['a service without a vendor’s image', '{ "images": { "spark": "vendor" } }', /unknown key "images\.spark"/],
    ['a key that JavaScript has', '{ "constructor": 1 }', /unknown key "constructor"/],
    ['a key that is the prototype', '{ "__proto__": { "name": "x" } }', /unknown key "__proto__"/],
    // Values
    ['a number for the name', '{ "name": 7 }', /"name" is 7; .*expected string/],
    ['null for the name', '{ "name": null }', /"name" is null/],
    ['an empty name', '{ "name": "" }', /"name" is ""; must be 1 to 20 lower-case letters/],
    ['a name with a path', '{ "name": "../other" }', /"name" is "\.\.\/other"/],
    ['a name that is too long', '{ "name": "abcdefghijklmnopqrstu" }', /"name" is/],
    ['a very long name', `{ "name": "${'a'.repeat(5000)}" }`, /"name" is "a{70,}…/],
    ['a name that starts with a digit', '{ "name": "1st" }', /starting with a letter/],
    ['an offset as text', '{ "portOffset": "100" }', /"portOffset" is "100"; .*expected number/],
    ['half an offset', '{ "portOffset": 100.5 }', /"portOffset" is 100\.5; .*expected int/],
    ['an offset between the steps', '{ "portOffset": 150 }', /must be a multiple of 100/],
    ['a negative offset', '{ "portOffset": -100 }', /"portOffset" is -100; .*>=0/],
    ['an offset that no port has', '{ "portOffset": 99999999999999999999 }', /"portOffset" is 100000000000000000000/],
    ['an infinite offset', '{ "portOffset": 1e999 }', /"portOffset" is/],
    ['an offset that browsers refuse', '{ "portOffset": 2000 }', /port 10080, which no browser opens/],
    ['a profile that is not there', '{ "profile": "large" }', /expected one of "small"\|"standard"/],
    ['no users', '{ "usersPerRun": 0 }', />=1/],
    ['too many users', '{ "usersPerRun": 5001 }', /<=5000/],
    ['a list for a source', '{ "userSource": ["live"] }', /"userSource" is \["live"\]/],
    [
      'memory that no service starts with',
      '{ "memoryMiB": { "cassandra": 100 } }',
      /"memoryMiB\.cassandra" is 100; .*>=768/,
    ],
    ['memory of another planet', '{ "memoryMiB": { "kafka": 1000000 } }', /<=65536/],
    ['memory with a unit', '{ "memoryMiB": { "kafka": "1g" } }', /"memoryMiB\.kafka" is "1g"/],
    ['memory as one number', '{ "memoryMiB": 8192 }', /"memoryMiB" is 8192; .*expected object/],
    ['an image by name', '{ "images": { "kafka": "apache/kafka:4" } }', /"ours"\|"vendor"/],
    ['a range that is none', '{ "subnetRange": "10.300.0.0/21" }', /must be the first address of a range/],
    ['a range from the middle', '{ "subnetRange": "10.213.1.0/21" }', /must be the first address of a range/],
    ['a range that is too small', '{ "subnetRange": "10.213.0.0/24" }', /between \/16 and \/22/],
    ['a range of IPv6', '{ "subnetRange": "fd00::/64" }', /between \/16 and \/22/],
  ])('%s is refused with its place, and nothing is deployed', async (_, content, message) => {
    const file = join(folder, 'settings.json');
    writeFileSync(file, content);
    const { code, said } = await streaming(['settings', 'check', file], {});
    expect({ code, said }).toEqual({ code: 2, said: expect.stringMatching(message) });
    expect(said).not.toMatch(/\n\s+at /); // no stack
  });

  test('several mistakes shows all of them', async () => {
    const file = join(folder, 'settings.json');
    writeFileSync(file, '{\n "name": "X",\n "portOfset": 1,\n "profile": "large"\n}');
    const { code, said } = await streaming(['settings', 'check', file, '--json'], {});
    const { problems } = JSON.parse(said) as { problems: string[] };
    expect(code).toBe(2);
    expect(problems.map((one) => one.split(': ')[0]).sort()).toEqual([`${file}:2:2`, `${file}:3:2`, `${file}:4:2`]);
  });

  test('a byte order mark, which Windows editors write, is taken', async () => {
    const file = join(folder, 'settings.json');
    writeFileSync(file, '\uFEFF{ "name": "x" }');
    expect((await streaming(['settings', 'check', file], {})).code).toBe(0);
  });
});

describe('a file', () => {
  test.each<[string, (file: string) => void, RegExp]>([
    ['that is not there', () => undefined, /does not exist: make it, or correct/],
    ['that is a folder', (file) => mkdirSync(file), /is a folder: name the file in it/],
    ['in a folder that is a file', (file) => writeFileSync(file, ''), /a part of the path is no folder/],
    ['that is a link to itself', (file) => symlinkSync(file, file), /a link that points to itself/],
    ['that points to nothing', (file) => symlinkSync(`${file}.gone`, file), /does not exist/],
    ['that was cut off', (file) => (writeFileSync(file, '{ "name": "x" }'), truncateSync(file, 9)), /ends too early/],
  ])('%s is named, with what to do', async (what, make, message) => {
    const file = join(folder, 'named.json');
    make(file);
    const name = what.includes('in a folder') ? join(file, 'settings.json') : file;
    for (const [args, env] of [
      [['settings', 'check', name], {}],
      [['secrets', 'list'], { STREAMING_SETTINGS: name }],
    ] as const) {
      const { code, said } = await streaming(args, env);
      expect({ code, said }).toEqual({ code: 2, said: expect.stringMatching(message) });
    }
    rmSync(file, { recursive: true, force: true });
  });
});

describe('the environment', () => {
  test.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['a name in capitals', { STREAMING_NAME: 'Demo' }, /^STREAMING_NAME: "name" is "Demo"; must be/],
    ['an offset with a sign', { STREAMING_PORT_OFFSET: '-100' }, /STREAMING_PORT_OFFSET: "portOffset" is -100/],
    ['an offset with a point', { STREAMING_PORT_OFFSET: '1e2' }, /"portOffset" is "1e2"/],
    ['NaN', { STREAMING_PORT_OFFSET: 'NaN' }, /"portOffset" is "NaN"/],
    ['white space', { STREAMING_PORT_OFFSET: ' 100' }, /"portOffset" is " 100"/],
    ['a huge number', { STREAMING_USERS_PER_RUN: '9'.repeat(400) }, /STREAMING_USERS_PER_RUN: "usersPerRun" is/],
    ['a profile of nobody', { STREAMING_PROFILE: 'Small' }, /STREAMING_PROFILE: "profile" is "Small"/],
    ['a source of nobody', { STREAMING_USER_SOURCE: 'file' }, /STREAMING_USER_SOURCE/],
    [
      'a variable with a wrong name',
      { STREAMING_PORTOFFSET: '100' },
      /STREAMING_PORTOFFSET, which nothing reads: did you mean STREAMING_PORT_OFFSET\?/,
    ],
    ['a variable in the singular', { STREAMING_SETTING: 'x.json' }, /did you mean STREAMING_SETTINGS\?/],
  ])('with %s is refused by every command', async (_, env, message) => {
    for (const args of [
      ['settings'],
      ['secrets', 'list'],
      ['up'],
      ['down', '--yes'],
      ['proof'],
      ['ledger'],
      ['doctor'],
      ['setup'],
    ]) {
      const { code, said } = await streaming(args, env);
      expect({ args, code, said }).toEqual({ args, code: 2, said: expect.stringMatching(message) });
    }
  });

  test('with an empty value is as if it were not set', async () => {
    const env = { STREAMING_NAME: '', STREAMING_PORT_OFFSET: '', STREAMING_SETTINGS: '' };
    expect((await streaming(['settings', '--json'], env)).code).toBe(0);
  });
});

describe('on the command line', () => {
  test.each<[string, RegExp]>([
    ['upp', /unknown command 'upp'\n\(Did you mean up\?\)/],
    ['dwon', /Did you mean down\?/],
    ['up now', /too many arguments for 'up'/],
    ['up --no-prof', /unknown option '--no-prof'\n\(Did you mean --no-proof\?\)/],
    ['up --users', /option '--users <count>' argument missing/],
    ['up --users 0', /must be a whole number from 1 to 5000/],
    ['up --users 1.5', /must be a whole number/],
    ['up --hop-timeout soon', /must be a whole number from 1 to 3600/],
    ['down --force', /unknown option '--force'/],
    ['proof --users -3', /must be a whole number|argument missing/],
    ['proof --users 99999999999999999999', /must be a whole number/],
    ['ledger --wait forever', /must be a whole number from 0 to 3600/],
    ['secrets show', /missing required argument 'name'/],
    ['secrets show producer-tokn', /did you mean "producer-token"\?/],
    ['secrets show ../../settings.json', /there is no secret/],
    ['settings check', /missing required argument 'file'/],
    ['settings --jsn', /Did you mean --json\?/],
    ['images kafak', /Allowed choices are/],
    ['completion fish', /Allowed choices are bash, zsh/],
    ['completion', /missing required argument 'shell'/],
    ['doctor now', /too many arguments for 'doctor'/],
    ['setup --yes', /unknown option '--yes'/],
  ])('"%s" is refused', async (line, message) => {
    const { code, said } = await streaming(line.split(' '), {});
    expect({ code, said }).toEqual({ code: 2, said: expect.stringMatching(message) });
  });
});
