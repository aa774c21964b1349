/**
 * Jest's setup file: property tests draw the same values each time, so that red is never bad luck and a change that turns them red
 * is the one to look at. `FC_SEED=N` repeats another run, `FC_SEED=new` draws anew (`npm run test:properties`).
 */
import fc from 'fast-check'

const { FC_SEED } = process.env
if (FC_SEED !== 'new') fc.configureGlobal({ seed: Number(FC_SEED ?? 20_261_122) })
