// For `node --import`: in a whole run the properties try the same values every time, so that a change is judged by what it changes.
// A test file that runs alone tries new ones; so does a run with PROPERTY_SEED=<any integer>.
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_127) })
