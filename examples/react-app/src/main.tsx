import { ApolloProvider } from '@apollo/client/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { SignetProvider } from 'signet/client/react'
import { App } from './app'
import { client, signet } from './session'
import './styles/base.css'
import './styles/forms.css'
import './styles/welcome.css'
import './styles/shell.css'
import './styles/pages.css'
import './styles/dialog.css'

const place = document.getElementById('app')
if (!place) throw new Error('index.html has no #app.')

createRoot(place).render(
  <StrictMode>
    <SignetProvider client={signet}>
      <ApolloProvider client={client}>
        <App />
      </ApolloProvider>
    </SignetProvider>
  </StrictMode>,
)
