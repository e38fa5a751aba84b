import { render } from 'preact'
import { App } from './app.js'
import { listenToKeys } from './parts/keys.js'
import './style/base.css'
import './style/desk.css'
import './style/wall.css'
import { begin } from './workplace.js'

const page = document.getElementById('page')
if (page !== null) render(<App />, page)
listenToKeys()
begin()
