import type { Fields } from './fields.ts';

/** A question about an attribute name, such as whether it holds a secret. The same name gets the same answer. */
export type NameTest = (name: string) => boolean;

/** A test of attribute names that remembers its verdicts: there are few names and many attributes. */
export function keyTest(test: NameTest): NameTest {
  const known = new Map<string, boolean>();
  return (key) => {
    const verdict = known.get(key) ?? test(key);
    if (known.size < 10_000) known.set(key, verdict);
    return verdict;
  };
}

/**
 * The attribute names of an object. A plan has thousands of objects of few types, and those of one type have the
 * same names in the same order: what is asked of a name is asked once for all of them.
 */
export class Shape {
  readonly names: readonly string[];
  readonly #places = new Map<NameTest, readonly number[]>();

  constructor(names: readonly string[]) {
    this.names = names;
  }

  /** Where the names stand that pass a test; the values of an object stand in the same places. */
  places(test: NameTest): readonly number[] {
    const known = this.#places.get(test);
    if (known !== undefined) return known;
    const places = this.names.flatMap((name, index) => (test(name) ? index : []));
    this.#places.set(test, places);
    return places;
  }

  has(names: readonly string[]): boolean {
    if (names.length !== this.names.length) return false;
    for (let index = 0; index < names.length; index++) if (names[index] !== this.names[index]) return false;
    return true;
  }
}

/** Shapes kept for one type: an object before a change, after it, and with parts that are not yet known. */
const MOST_SHAPES = 4;
const MOST_TYPES = 2000;
const byType = new Map<string, Shape[]>();

export function shapeOf(type: string, fields: Fields): Shape {
  const names = Object.keys(fields);
  let shapes = byType.get(type);
  if (shapes === undefined) {
    if (byType.size >= MOST_TYPES) byType.clear();
    shapes = [];
    byType.set(type, shapes);
  }
  for (let index = 0; index < shapes.length; index++) {
    const shape = shapes[index];
    if (shape?.has(names) === true) return shape;
  }
  const shape = new Shape(names);
  if (shapes.length >= MOST_SHAPES) shapes.length = 0;
  shapes.push(shape);
  return shape;
}
