/** A gateway with an authorization server of its own, for tests that reach it at `http://127.0.0.1:{{port}}`. */
export const issuerConfig = (upstream: string, more = '') => `mode: enforce
upstreams: { api: { url: "${upstream}" } }
authenticators:
  keys: { type: api-key }
  tokens: { type: issuer }
routes:
  - { id: read, match: { path: "/orders/*", methods: [GET] }, upstream: api, authenticate: { anyOf: [tokens, keys] }, authorize: { scopes: ["orders:read"] } }
  - { id: write, match: { path: "/orders", methods: [POST] }, upstream: api, authenticate: { anyOf: [tokens, keys] }, authorize: { scopes: ["orders:write"] } }
issuer:
  url: "http://127.0.0.1:{{port}}"
  rate: 100000/1m
  exchange: { authenticators: [keys, tokens], publicClient: exchange }
${more}`;
