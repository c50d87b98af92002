import fc from 'fast-check';

/** JSON values such as the schemas speak of. */
export const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, false, 0, 1, 2, -1, 1.5, 3, 10, '', 'a', 'ab', 'abc', '2026-11-28'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'x1'), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

/** Schemas of JSON Schema 2020-12. */
export const schemas = fc.letrec<{ schema: Record<string, unknown> | boolean; keyword: Record<string, unknown> }>(
  (tie) => {
    const one = tie('schema');
    const few = fc.array(one, { minLength: 1, maxLength: 3 });
    const keyword = fc.oneof(
      fc.record({ type: fc.constantFrom('object', 'array', 'string', 'integer', 'number', 'boolean', 'null') }),
      fc.record({
        type: fc.uniqueArray(fc.constantFrom('object', 'array', 'string', 'number', 'null'), { minLength: 1 }),
      }),
      fc.record({
        enum: fc.uniqueArray(values, {
          minLength: 1,
          maxLength: 3,
          comparator: (left, right) => JSON.stringify(left) === JSON.stringify(right),
        }),
      }),
      fc.record({ const: values }),
      fc.record({ minimum: fc.integer({ min: -2, max: 4 }), exclusiveMaximum: fc.integer({ min: -2, max: 12 }) }),
      fc.record({ multipleOf: fc.constantFrom(1, 2, 0.5) }),
      fc.record({ minLength: fc.integer({ min: 0, max: 3 }), maxLength: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ pattern: fc.constantFrom('^a', 'b$', '[bc]+', '^$') }),
      fc.record({ items: one, minItems: fc.integer({ min: 0, max: 2 }) }),
      fc.record({ prefixItems: few, unevaluatedItems: one }),
      fc.record({ contains: one, maxContains: fc.integer({ min: 1, max: 2 }) }),
      fc.record({ uniqueItems: fc.boolean(), maxItems: fc.integer({ min: 0, max: 3 }) }),
      fc.record({
        properties: fc.dictionary(fc.constantFrom('a', 'b'), one, { noNullPrototype: true }),
        additionalProperties: one,
      }),
      fc.record({
        properties: fc.dictionary(fc.constantFrom('a', 'b'), one, { noNullPrototype: true }),
        unevaluatedProperties: one,
      }),
      fc.record({ patternProperties: fc.dictionary(fc.constantFrom('^a', '\\d'), one, { noNullPrototype: true }) }),
      fc.record({ required: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')) }),
      fc.record({ propertyNames: one, maxProperties: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ dependentRequired: fc.constant({ a: ['b'] }), dependentSchemas: fc.record({ b: one }) }),
      fc.record({ allOf: few }),
      fc.record({ anyOf: few }),
      fc.record({ oneOf: few }),
      fc.record({ not: one }),
      fc
        .tuple(one, one, one)
        .map((parts) => Object.fromEntries(['if', 'then', 'else'].map((keyword, index) => [keyword, parts[index]]))),
    );
    return {
      keyword,
      schema: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        fc.boolean(),
        fc
          .tuple(keyword, keyword)
          .map(([left, right]) => ({ ...left, ...right }))
          // Ajv forgets what has to be contained in an empty array where `prefixItems` stand beside it.
          .filter((schema) => !('prefixItems' in schema && 'contains' in schema)),
        keyword,
      ),
    };
  },
).schema;
