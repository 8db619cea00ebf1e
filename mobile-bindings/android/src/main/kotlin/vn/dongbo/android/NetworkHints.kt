package vn.dongbo.android

import android.content.Context
import android.net.ConnectivityManager
import android.net.NetworkCapabilities
import android.net.Network as AndroidNetwork
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import vn.dongbo.Network

/** What Android says of the network, in the words of [vn.dongbo.Replica.setNetwork]. Lives as long as the process. */
internal class NetworkHints(context: Context, private val tell: (Network) -> kotlin.Unit) :
    ConnectivityManager.NetworkCallback() {
    private val connections = context.getSystemService(ConnectivityManager::class.java)
    private val state = MutableStateFlow(hint(connections.getNetworkCapabilities(connections.activeNetwork)))

    val network: StateFlow<Network> = state.asStateFlow()

    init {
        connections.registerDefaultNetworkCallback(this)
    }

    override fun onCapabilitiesChanged(network: AndroidNetwork, capabilities: NetworkCapabilities) =
        become(hint(capabilities))

    override fun onLost(network: AndroidNetwork) = become(Network.OFFLINE)

    private fun hint(capabilities: NetworkCapabilities?): Network =
        when (capabilities?.hasCapability(NetworkCapabilities.NET_CAPABILITY_NOT_METERED)) {
            null -> Network.OFFLINE
            true -> Network.USUAL
            false -> Network.METERED
        }

    private fun become(now: Network) {
        state.value = now
        tell(now)
    }
}
