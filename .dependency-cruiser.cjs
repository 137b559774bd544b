// The ladder of folders: imports go down only, rooms on one rung do not import each other, nothing goes in a circle.
const rungs = [
  ['main'],
  ['cli'],
  ['config'],
  ['http'],
  ['graphql'],
  ['services'],
  ['sign-in', 'admin'],
  ['sessions'],
  ['users', 'access', 'clients', 'verify'],
  ['tokens'],
  ['keys', 'revocation'],
  ['engines'],
  ['generated', 'lib'],
]

// Goes into other people's programs, so it takes nothing from here and nothing here takes from it.
const kits = ['client']

const room = name => `^src/${name}(/|\\.ts$)`

const ladder = rungs.flatMap((rung, height) =>
  rung.map(name => {
    const forbidden = [...rungs.slice(0, height).flat(), ...rung.filter(neighbour => neighbour !== name)]
    return {
      name: `ladder-${name}`,
      comment: 'Imports go down the ladder only.',
      severity: 'error',
      from: { path: room(name) },
      to: { path: forbidden.length > 0 ? forbidden.map(room) : ['^$'] },
    }
  }),
)

module.exports = {
  forbidden: [
    ...ladder,
    ...kits.flatMap(name => [
      {
        name: `${name}-imports-nothing-else`,
        comment: 'It goes into other people’s programs.',
        severity: 'error',
        from: { path: room(name) },
        to: { path: '^src/', pathNot: room(name) },
      },
      {
        name: `nothing-else-imports-${name}`,
        severity: 'error',
        from: { path: '^src/', pathNot: room(name) },
        to: { path: room(name) },
      },
    ]),
    { name: 'no-circle', severity: 'error', from: { pathNot: '^src/generated/' }, to: { circular: true } },
    { name: 'no-orphan', severity: 'error', from: { orphan: true, pathNot: ['^src/generated/'] }, to: {} },
    {
      name: 'every-file-has-a-rung',
      severity: 'error',
      from: { path: '^src/', pathNot: [...rungs.flat(), ...kits].map(room) },
      to: {},
    },
    {
      name: 'only-stores-query',
      comment: 'Prisma and the pool are reached through store.ts files and the engines.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/engines/', '^src/generated/'] },
      to: {
        path: ['^src/generated/prisma/(client|models|internal)', 'node_modules/(pg|@prisma)/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'decorators-stay-in-graphql',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/graphql/' },
      to: { path: 'node_modules/type-graphql' },
    },
    {
      name: 'methods-do-not-meet',
      comment: 'A way to sign in knows no other.',
      severity: 'error',
      from: { path: '^src/sign-in/([^/]+)/' },
      to: { path: '^src/sign-in/', pathNot: '^src/sign-in/$1/' },
    },
    {
      name: 'verify-stands-alone',
      comment:
        'The kit for other services takes nothing of the server with it: no database, no engine, nothing generated.',
      severity: 'error',
      from: { path: '^src/verify/' },
      to: {
        pathNot: [
          '^src/(verify|tokens)/',
          '^src/lib/(algorithms|bearer|clock|error-codes|errors|recent-map|secrets|share-calls|thumbprint)\\.ts$',
          '^src/revocation/(denylist|id-table|knowledge|revocation)\\.ts$',
          'node_modules/(@types/)?jsonwebtoken/',
        ],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'nothing-needs-verify',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/verify/' },
      to: { path: '^src/verify/' },
    },
    {
      name: 'features-get-values',
      comment: 'Configuration ends at the door.',
      severity: 'error',
      from: {
        path: '^src/(graphql|http|sign-in|admin|sessions|users|access|clients|tokens|keys|revocation|engines)/',
      },
      to: { path: '^src/config' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node'] },
  },
}
