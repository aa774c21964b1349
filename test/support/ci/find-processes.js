/**
 * Lists the processes that live under a directory (working directory, command line or environment name it), and ends them where
 * `--kill` is given. Exit code 1 where there were any.
 *
 *   node test/support/ci/find-processes.js DIRECTORY [--kill]
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** @param {string} directory @returns {readonly { pid: number, command: string }[]} */
export function findProcesses(directory) {
  const lineage = ancestors()
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && !lineage.has(Number(name)))
    .flatMap(name => {
      const command = read(`/proc/${name}/cmdline`)
      // A zombie has none: it has ended.
      if (command === '') return []
      const about = [command, read(`/proc/${name}/environ`), workingDirectory(name)]
      return about.some(text => text.includes(directory)) ? [{ pid: Number(name), command }] : []
    })
}

/** Ourselves and who started us. */
function ancestors() {
  const found = new Set()
  for (let pid = process.pid; pid > 0 && !found.has(pid); ) {
    found.add(pid)
    pid = Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
  }
  return found
}

/** Processes come and go while we look. */
function read(path) {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

function workingDirectory(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

if (process.argv[1] === import.meta.filename) {
  const [directory, ...flags] = process.argv.slice(2)
  const found = findProcesses(directory)
  for (const { pid, command } of found) {
    console.log(`still running: ${pid} ${command}`)
    if (flags.includes('--kill')) process.kill(pid, 'SIGKILL')
  }
  process.exitCode = found.length > 0 ? 1 : 0
}
