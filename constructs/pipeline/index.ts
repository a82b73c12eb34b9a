export * from './programs';
export * from './streaming-pipeline';
