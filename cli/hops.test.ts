import { follow, HopError, hopsOf } from './hops';

const hops = hopsOf((service) => `docker logs --tail 50 second-${service}`);
const quick = { seconds: 0.02, pollMs: 1 };

describe('a hop that is not passed', () => {
  it('is named, with what was still missing and the commands that show more', async () => {
    const stuck = follow(hops.spark, () => ({ waiting: 'the stream, 3 left' }), quick);
    await expect(stuck).rejects.toThrow(
      [
        'proof failed at Spark: after 0.0 s still waiting for the stream, 3 left',
        'To look further:',
        '  docker logs --tail 50 second-stream',
        '  docker logs --tail 50 second-spark-worker',
        '  docker logs --tail 50 second-spark-master',
      ].join('\n'),
    );
  });

  it('is told together with the services that are down, which are the likely cause', () => {
    const { message } = new HopError(hops.producer, 'nothing came', ['producer ended with exit code 1']);
    expect(message).toMatch(
      /^proof failed at producer: nothing came\nproducer ended with exit code 1\nTo look further:/,
    );
  });

  it('tells the error that it met last, because that is the cause', async () => {
    const refused = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }));
    await expect(follow(hops.login, refused, quick)).rejects.toThrow(
      'still waiting for Airflow to answer (fetch failed: connect ECONNREFUSED)',
    );
  });

  it('ends at once where waiting cannot help', async () => {
    const failed = follow(hops.producer, () => ({ failed: 'the run failed: no source' }), { seconds: 60 });
    await expect(failed).rejects.toThrow(HopError);
    await expect(failed).rejects.toThrow('proof failed at producer: the run failed: no source');
  });
});

describe('a hop that takes its time', () => {
  it('is passed when what it waits for comes, also after errors', async () => {
    let looks = 0;
    const look = () => {
      looks += 1;
      if (looks === 1) throw new Error('not yet');
      return looks < 4 ? { waiting: 'more' } : { value: looks };
    };
    await expect(follow(hops.kafka, look, { seconds: 5, pollMs: 1 })).resolves.toBe(4);
  });

  it('says what it waits for when that changes, not at every look', async () => {
    const seen: string[] = [];
    const answers = [{ waiting: '1 of 3' }, { waiting: '1 of 3' }, { waiting: '2 of 3' }, { value: true }];
    await follow(hops.kafka, () => answers.shift()!, { seconds: 5, pollMs: 1, progress: (text) => seen.push(text) });
    expect(seen).toEqual(['1 of 3', '2 of 3']);
  });
});
