export * from './cassandra';
