import { losses } from './docker-belongings';

describe('the list of what will be lost', () => {
  const volume = (name: string, bytes?: number) => ({ name, bytes });

  it('names data with its size, and not the volumes that only carry files', () => {
    const lines = losses({
      containers: [
        { id: '1', name: 'second-kafka', running: true },
        { id: '2', name: 'second-kafka-config', running: false },
      ],
      networks: [{ id: '3', name: 'second-kafka' }],
      volumes: [
        volume('second-kafka-data', 5 * 2 ** 20),
        volume('second-kafka-config-0a1b2c', 900),
        volume('second-new'),
      ],
    });
    expect(lines).toEqual([
      'data for good:',
      '  second-kafka-data (5.0 MiB)',
      '  second-new',
      '2 containers, 1 of them running; 1 networks; 3 volumes in all',
    ]);
  });
});
