export * from './docker-platform';
