import CCurl

extension TransferError {
    /// The one place that reads libcurl's codes. See libcurl-errors(3).
    static func of(_ code: CURLcode, host: String) -> TransferError {
        let text = unsafe String(cString: curl_easy_strerror(code))
        let message = "\(host): \(text)"
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return TransferError(.invalidRequest, message)
        case CURLE_COULDNT_RESOLVE_HOST:
            return TransferError(.resolve, message)
        case CURLE_COULDNT_CONNECT, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING,
            CURLE_PARTIAL_FILE, CURLE_UPLOAD_FAILED, CURLE_SEND_FAIL_REWIND:
            return TransferError(.connect, message)
        case CURLE_OPERATION_TIMEDOUT:
            return TransferError(.timeout, message)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return TransferError(.tls, message)
        default:
            return TransferError(.other, message)
        }
    }
}
