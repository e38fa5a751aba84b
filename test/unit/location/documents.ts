/** PIDF-LO documents as networks send them. */

const names = [
  'xmlns="urn:ietf:params:xml:ns:pidf"',
  'xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"',
  'xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"',
  'xmlns:gml="http://www.opengis.net/gml"',
  'xmlns:gs="http://www.opengis.net/pidflo/1.0"',
  'xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"',
].join(' ')

const wgs84 = 'urn:ogc:def:crs:EPSG::4326'
const metre = 'urn:ogc:def:uom:EPSG::9001'

export const device = (inner: string, method = '<gp:method>GPS</gp:method>'): string =>
  `<dm:device id="d"><gp:geopriv><gp:location-info>${inner}</gp:location-info><gp:usage-rules/>${method}</gp:geopriv></dm:device>`

export const presence = (...devices: string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<presence ${names} entity="pres:caller@operator.example">${devices.join('')}</presence>`

export const document = (inner: string): string => presence(device(inner))

export const point = (pos: string, crs = wgs84): string => `<gml:Point srsName="${crs}"><gml:pos>${pos}</gml:pos></gml:Point>`

export const shape = (name: string, pos: string, lengths: Readonly<Record<string, string>>, { crs = wgs84, uom = metre } = {}): string =>
  `<gs:${name} srsName="${crs}"><gml:pos>${pos}</gml:pos>${Object.entries(lengths).map(([length, value]) => `<gs:${length} uom="${uom}">${value}</gs:${length}>`).join('')}</gs:${name}>`

export const polygon = (...positions: string[]): string =>
  `<gml:Polygon srsName="${wgs84}"><gml:exterior><gml:LinearRing>${positions.map((pos) => `<gml:pos>${pos}</gml:pos>`).join('')}</gml:LinearRing></gml:exterior></gml:Polygon>`

export const civic = (fields: Readonly<Record<string, string>>): string =>
  `<ca:civicAddress xml:lang="fr">${Object.entries(fields).map(([name, value]) => `<ca:${name}>${value}</ca:${name}>`).join('')}</ca:civicAddress>`
