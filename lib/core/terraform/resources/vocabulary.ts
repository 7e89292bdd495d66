/** Everything that a resource table is written with, in one import. */
export * from '../conditions.ts';
export * from '../effects.ts';
export {
  admits,
  admitsEverybody,
  gainsBlock,
  grantsBroadly,
  isPublic,
  losesBlock,
  opensTo,
  statementsOf,
} from '../exposure.ts';
export {
  type Fields,
  fieldsOf,
  firstAt,
  hitsAt,
  isFields,
  isSet,
  numberOf,
  switchState,
  textsAt,
} from '../fields.ts';
export * from '../rule.ts';
