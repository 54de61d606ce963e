package import Hummingbird

/// What travels with a request.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage

    package init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}
