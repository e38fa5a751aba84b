/** What one SAS tells another in the INVITE of a call that it gives. */
import { describe, expect, it } from 'vitest'
import { headersOf, readGiven } from '../../../src/ari/given-header.js'
import type { Given } from '../../../src/routing/events.js'

const given: Given = { reservation: 'Zk3v0q2X6mJ8Qw1eRtYuIg', visited: ['sas-67', 'sas-57'], waitedMs: 12_500, class: 'P1', drm: 'sas-67-1764000000.12' }
const unreadable: Given = { reservation: null, visited: [], waitedMs: 0, class: 'P1', drm: null }

describe('a call that is given', () => {
  it('is read as it was written', () => {
    const headers = headersOf(given, '15')
    expect(headers['History-Info']).toBe('<sip:15@sas-67.sas>;index=1, <sip:15@sas-57.sas>;index=1.1')
    expect(readGiven(headers['Decroche-Call'] ?? '', headers['History-Info'] ?? '')).toEqual(given)
  })

  it('is one without a reservation or a DRM where there is none', () => {
    const bare: Given = { ...given, reservation: null, drm: null, visited: ['sas-67'] }
    const headers = headersOf(bare, '15')
    expect(readGiven(headers['Decroche-Call'] ?? '', headers['History-Info'] ?? '')).toEqual(bare)
  })

  it('is none without the header, whoever stands in History-Info (RFC 7044)', () => {
    expect(readGiven('', '<sip:15@sas-67.sas>;index=1')).toBeNull()
  })

  it.each(['waited=-1;class=P1', 'waited=1;class=P9', 'class=P1', 'waited=1e99;class=P1', 'waited=99999999999;class=P1', 'ünreadable', ';;;=', 'waited=NaN;class=P0'])('is believed in nothing when it says %s', (text) => {
    expect(readGiven(text, '<sip:15@sas-67.sas>;index=1')).toEqual(unreadable)
  })

  it('names neither what is no id nor more SASs than there can be', () => {
    const history = Array.from({ length: 50 }, (_, index) => `<sip:15@sas-${index}.sas>`).join(',')
    expect(readGiven('waited=1;class=P2;reservation=a b;drm=<script>', `<sip:15@SAS.sas>,<sip:15@sas.example>,${history}`)).toEqual({
      reservation: null,
      visited: ['sas-0', 'sas-1', 'sas-2', 'sas-3', 'sas-4', 'sas-5', 'sas-6', 'sas-7'],
      waitedMs: 1,
      class: 'P2',
      drm: null,
    })
  })
})
