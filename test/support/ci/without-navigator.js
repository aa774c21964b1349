/**
 * Jest's setup file. Node 21 brought a global `navigator`, which node-forge takes for a browser's: inside Jest its RSA becomes
 * thirty times slower (outside it does not). Without it the tests see the same world on every Node.
 */
delete globalThis.navigator
