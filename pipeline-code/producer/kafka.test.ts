import type { Kafka, Message } from 'kafkajs';

import { createLogger } from '../common/logger';
import { Sender } from './kafka';

interface Request {
  readonly producer: number;
  readonly messages: readonly Message[];
}

/** Three partitions, and a broker that takes requests until a test makes it fail. */
function brokerThat(answer: (request: Request) => void): { kafka: Kafka; taken: Request[] } {
  const taken: Request[] = [];
  let producers = 0;
  const nothing = () => Promise.resolve();
  const kafka = {
    admin: () => ({
      connect: nothing,
      disconnect: nothing,
      fetchTopicMetadata: () =>
        Promise.resolve({
          topics: [{ partitions: [0, 1, 2].map((partitionId) => ({ partitionId, leader: partitionId })) }],
        }),
    }),
    producer: () => {
      const producer = producers++;
      return {
        connect: nothing,
        disconnect: nothing,
        send: ({ messages }: { messages: Message[] }) => {
          answer({ producer, messages });
          taken.push({ producer, messages });
          return Promise.resolve([]);
        },
      };
    },
  };
  return { kafka: kafka as unknown as Kafka, taken };
}

const users = Array.from({ length: 30 }, (_, i) => ({ key: `user-${i}`, value: String(i) }));
const keys = (requests: readonly Request[]) =>
  requests.flatMap(({ messages }) => messages.map(({ key }) => String(key))).sort();
const all = users.map(({ key }) => key).sort();

test('each request is for one partition: of several, kafkajs may lose one when a broker goes', async () => {
  const { kafka, taken } = brokerThat(() => {});
  await new Sender(kafka, createLogger('test', 'silent')).send('users', users);
  expect(taken.map(({ messages }) => new Set(messages.map(({ partition }) => partition)).size)).toEqual([1, 1, 1]);
  expect(keys(taken)).toEqual(all);
});

test('a user is always on the same partition, or what is told of one would get out of order', async () => {
  const { kafka, taken } = brokerThat(() => {});
  const sender = new Sender(kafka, createLogger('test', 'silent'));
  await sender.send('users', users);
  await sender.send('users', users.slice(10, 20));
  const places = taken.flatMap(({ messages }) =>
    messages.map(({ key, partition }) => `${String(key)} on ${partition}`),
  );
  expect(new Set(places).size).toBe(users.length);
});

test('what is acknowledged is not sent again when the rest has to be', async () => {
  let requests = 0;
  const { kafka, taken } = brokerThat(() => {
    if (++requests === 2) throw new Error('this producer is unknown');
  });
  await new Sender(kafka, createLogger('test', 'silent')).send('users', users);
  expect(keys(taken)).toEqual(all);
  expect(taken.map(({ producer }) => producer)).toEqual([0, 1, 1]);
});
