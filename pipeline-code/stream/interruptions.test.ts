import { advice, Ended, pauseMs, shortened } from './interruptions';

const failedWrite = `org.apache.spark.sql.streaming.StreamingQueryException: Job aborted due to stage failure: Task 1 failed
\tat org.apache.spark.A
Caused by: java.lang.Exception: middle
\t... 3 more
Caused by: java.io.IOException: Failed to write statements to spark_streams.created_users
\tat com.datastax.B`;

describe('shortened', () => {
  it('leaves what happened and its root cause, so that the log can be read', () => {
    expect(shortened(failedWrite)).toBe(
      'org.apache.spark.sql.streaming.StreamingQueryException: Job aborted due to stage failure: Task 1 failed ' +
        '(Caused by: java.io.IOException: Failed to write statements to spark_streams.created_users)',
    );
  });
});

describe('Ended', () => {
  it('names the query and keeps the whole exception for those who look for something in it', () => {
    const ended = new Ended('store', failedWrite);
    expect(ended.message).toMatch(/^query store ended: /);
    expect(ended.exception).toBe(failedWrite);
  });
});

describe('pauseMs', () => {
  it('begins with a second and ends at a minute, so that a lasting failure is no tight loop (DEFECTS 12)', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 20].map((n) => pauseMs(n, () => 1))).toEqual([
      1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000,
    ]);
    expect(pauseMs(5, () => 0)).toBe(12000);
  });
});

describe('advice', () => {
  it('explains a loss of data and how to accept it', () => {
    expect(advice('Some data may have been lost because they are not available in Kafka any more')).toMatch(
      /remove the checkpoint volume/,
    );
  });

  it('says nothing where waiting is enough', () => {
    expect(advice('UNAVAILABLE: connect ECONNREFUSED')).toBeUndefined();
  });
});
