import { expect, it } from 'vitest'
import { headerBytes, writeHeader } from '../../../lab/phone/rtp.js'
import { newSrtpKey, SrtpStream } from '../../../lab/phone/srtp.js'

const packet = (sequence: number, payload: Buffer): Buffer => {
  const header = Buffer.alloc(headerBytes)
  writeHeader(header, { type: 0x0f, marker: true, sequence, timestamp: 0xdecafbad, source: 0xcafebabe })
  return Buffer.concat([header, payload])
}

it('hides and seals as libsrtp does (its own reference packet)', () => {
  const key = Buffer.from('e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6', 'hex').toString('base64')
  const plain = Buffer.from('800f1234decafbadcafebabeabababababababababababababababab', 'hex')
  const hidden = Buffer.from('800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb', 'hex')
  expect(new SrtpStream(key).protect(plain)).toEqual(hidden)
  expect(new SrtpStream(key).open(hidden)).toEqual(plain)
})

it('goes on where the sequence turns over, with one packet late', () => {
  const key = newSrtpKey()
  const [out, back] = [new SrtpStream(key), new SrtpStream(key)]
  const clear = [0xfffe, 0xffff, 0, 1].map((sequence) => packet(sequence, Buffer.from([sequence & 0xff])))
  const [first, late, over, next] = clear.map((one) => out.protect(one)) as [Buffer, Buffer, Buffer, Buffer]
  expect([first, over, late, next].map((one) => back.open(one))).toEqual([clear[0], clear[2], clear[1], clear[3]])
})

it('opens nothing that is clear, changed, or of another key', () => {
  const key = newSrtpKey()
  const clear = packet(7, Buffer.alloc(160, 0x55))
  const hidden = new SrtpStream(key).protect(clear)
  expect(new SrtpStream(key).open(clear)).toBeUndefined()
  expect(new SrtpStream(newSrtpKey()).open(hidden)).toBeUndefined()
  hidden.writeUInt8(hidden.readUInt8(20) ^ 1, 20)
  expect(new SrtpStream(key).open(hidden)).toBeUndefined()
})
