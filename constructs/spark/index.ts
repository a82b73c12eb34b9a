export * from './config';
export * from './spark';
