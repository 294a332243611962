export default {
  rootDir: '..',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/jest/*.test.mjs'],
  moduleFileExtensions: ['mjs', 'js'],
  transform: {},
};
