import ts from 'typescript'

/** What a source may reach beyond pure computation. */
export interface Allowance {
  /** Module specifiers of Node and npm; a list of names where only these of the module are pure. */
  readonly modules: Readonly<Record<string, 'all' | readonly string[]>>
  /** Names of globals and of random sources that are otherwise refused. */
  readonly names: readonly string[]
}

/** Reach the world, the clock or chance without an import. */
const GLOBALS = new Set([
  ...['process', 'performance', 'console', 'fetch', 'WebSocket', 'EventSource', 'navigator', 'globalThis', 'global'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'require', 'eval', 'Function'],
])

/** Chance out of an otherwise pure node:crypto. */
const CHANCE =
  /^(random(Bytes|Int|UUID|Fill|FillSync)|getRandomValues|generate(Key|KeySync|KeyPair|KeyPairSync|Prime|PrimeSync)|webcrypto)$/

/** Each way in which a source text reads the world, a clock or chance beyond what is allowed, as `line: what`. */
export function findImpurities(path: string, text: string, allowed: Allowance): readonly string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS)
  const found: string[] = []
  const report = (node: ts.Node, what: string): void => {
    found.push(`${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`)
  }
  const visit = (node: ts.Node): void => {
    const module = moduleOf(node)
    if (module !== null) {
      const problem = judgeModule(node, module, allowed)
      if (problem !== null) report(node, problem)
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) report(node, 'import()')
    if (readsTheClock(node)) report(node, 'reads the clock')
    if (ts.isPropertyAccessExpression(node) && isNamed(node.expression, 'Math') && node.name.text === 'random')
      report(node, 'Math.random')
    if (ts.isIdentifier(node) && !allowed.names.includes(node.text)) {
      if (GLOBALS.has(node.text) && isReference(node)) report(node, node.text)
      if (CHANCE.test(node.text) && !ts.isImportSpecifier(node.parent)) report(node, node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** The specifier of an import or re-export that is no file of ours. */
function moduleOf(node: ts.Node): string | null {
  if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) return null
  const specifier = node.moduleSpecifier
  return specifier && ts.isStringLiteral(specifier) && !specifier.text.startsWith('.') ? specifier.text : null
}

function judgeModule(node: ts.Node, module: string, allowed: Allowance): string | null {
  const allowance = Object.hasOwn(allowed.modules, module) ? allowed.modules[module] : undefined
  if (allowance === 'all') return null
  if (allowance === undefined) return `imports ${module}`
  const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : undefined
  const names = bindings && ts.isNamedImports(bindings) ? bindings.elements : null
  if (names === null) return `imports all of ${module}`
  const beyond = names.map(name => (name.propertyName ?? name.name).text).filter(name => !allowance.includes(name))
  return beyond.length > 0 ? `imports ${beyond.join(', ')} of ${module}` : null
}

/** `Date.now`, `Date()` and `new Date()`; a date made of an argument is pure. */
function readsTheClock(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isNamed(node.expression, 'Date') && node.name.text === 'now'
  if (ts.isCallExpression(node)) return isNamed(node.expression, 'Date')
  return ts.isNewExpression(node) && isNamed(node.expression, 'Date') && (node.arguments?.length ?? 0) === 0
}

const isNamed = (node: ts.Node, name: string): boolean => ts.isIdentifier(node) && node.text === name

/** An identifier that stands for the global, rather than naming a member of something. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)) return isFirst(parent, node)
  if (ts.isPropertyAssignment(parent) || ts.isBindingElement(parent)) return parent.initializer === node
  return !ts.isPropertySignature(parent) && !ts.isMethodSignature(parent) && !ts.isMethodDeclaration(parent)
}

const isFirst = (parent: ts.PropertyAccessExpression | ts.QualifiedName, node: ts.Identifier): boolean =>
  (ts.isPropertyAccessExpression(parent) ? parent.expression : parent.left) === node
