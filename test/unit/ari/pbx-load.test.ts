/** How loaded the PBX is, as its console says. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { readPbxLoad, taskLoad } from '../../../src/ari/pbx-load.js'

const table = `
Processor                                                               Processed   In Queue  Max Depth  Low water High water Low time(us) High time(us)
ast_msg_queue                                                                   0          0          0        450        500          0          0
pjsip/distributor-0000001d                                                   1042          3         12        450        500          0       1195
pjsip/distributor-0000001e                                                   9123        500        611        450        500          0       1195
stasis/p:channel:PJSIP/arm01-00000004-0000013b                                 27          1          4       2700       3000          0        112

4 taskprocessors
`

let server: Server | undefined
afterEach(() => void server?.close())

async function consoleSaying(says: (asked: string) => string): Promise<string> {
  const path = join(scratchDirectory('console'), 'asterisk.ctl')
  server = createServer((socket) => {
    socket.write('pbx/999999999/22.10.1\n')
    socket.once('data', (asked) => socket.end(says(String(asked))))
  }).listen(path)
  await once(server, 'listening')
  return path
}

it('R-QS-7 tells the longest queue of each family, and how many are over their high water', () => {
  const { taskQueues, overloaded } = taskLoad(table)
  expect(Object.fromEntries(taskQueues)).toEqual({ pjsip: 500, stasis: 1, other: 0 })
  expect(overloaded).toBe(1)
})

it('asks the console as asterisk -rx does, and tells nothing of a process that is not here', async () => {
  const asked: string[] = []
  const path = await consoleSaying((text) => {
    asked.push(text)
    return table
  })
  expect(await readPbxLoad(path)).toMatchObject({ overloaded: 1, process: null })
  expect(asked).toEqual(['cli quit after core show taskprocessors\0'])
})

it('fails where no console is, or something else answers', async () => {
  await expect(readPbxLoad('/nowhere/asterisk.ctl')).rejects.toThrow('ENOENT')
  server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(join(scratchDirectory('console'), 's'))
  await once(server, 'listening')
  await expect(readPbxLoad(server.address() as string)).rejects.toThrow('no console answers there')
})
